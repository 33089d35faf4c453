import streamlit as st
import st_oauth
from st_oauth import user

app = st.App(__file__, **st_oauth.app())


def start():
    st.title("Everybody sees this page")


def members():
    st.title("Members")
    st.write(f"Hello, {user.name} from {user.provider}!")


def admin():
    st.title("Admins")
    st.write("Only those with the role see this page.")


if user.logged_in():
    st.sidebar.write(f"{user.name} ({user.provider})")
    st.sidebar.button("Logout", on_click=user.logout)
else:
    st.sidebar.button("Login", on_click=user.login)

st.navigation([st.Page(start, default=True), st.Page(members), st.Page(admin)]).run()
