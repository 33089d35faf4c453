import streamlit as st
from st_oauth import st_oauth

st.title("Who may use the API")
subject = st_oauth("api", "Sign in")
st.write(f"The access token is for {subject}")
