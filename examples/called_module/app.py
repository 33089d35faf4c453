import st_oauth
import streamlit as st

st.title("The module itself is called")
id = st_oauth("myoauth", "Sign in")  # type: ignore[operator]
st.write(f"Hello, {id}!")
st.button("Sign out", on_click=st_oauth.logout)
