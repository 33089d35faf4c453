import streamlit as st
from st_oauth import user

if user.logged_in():
    st.write(f"Welcome, {user.name}!")
    st.sidebar.button("Logout", on_click=user.logout)
else:
    st.sidebar.button("Login", on_click=user.login)
