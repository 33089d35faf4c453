import streamlit as st
import st_oauth
from st_oauth import user

app = st.App(__file__, **st_oauth.app())

if user.logged_in():
    st.write(f"Welcome, {user.name}!")
    st.sidebar.button("Logout", on_click=user.logout)
else:
    st.sidebar.button("Login", on_click=user.login)
