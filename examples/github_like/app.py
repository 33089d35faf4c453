import streamlit as st
from st_oauth import st_oauth

st.title("OAuth 2.0 without OpenID Connect")
email = st_oauth("hub", "Sign in")
st.write(f"Hello, {email}!")
