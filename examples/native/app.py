import streamlit as st
import st_oauth
from st_oauth import user

app = st.App(__file__, **st_oauth.app())


def home():
    st.title("Everybody sees this page")
    if user.logged_in():
        st.write(f"Welcome, {user.name}!")
        st.write(
            "You stay signed in over a reload, in a new tab and after a restart of the server."
        )
    else:
        st.write("Sign in from the sidebar. You return to the page you left.")


def members():
    st.title("Members")
    if not user.logged_in():
        st.info("This page is for people who are signed in.")
        st.button("Sign in", on_click=user.login)
        st.stop()
    st.write(f"You are `{user.id}`, until {user.expires_at:%H:%M:%S} UTC.")
    if user.email:
        st.write(f"Your address is {user.email}.")
    else:
        st.warning("The provider does not vouch for your address.")
    st.json(dict(user))


def admin():
    st.title("Admins")
    if "admin" not in (user.roles or ()):
        st.error("This page needs the role `admin`. Ada has it at Dev, Katherine at Dev (team).")
        st.stop()
    st.write("Here is where the buttons are that nobody else may press.")


with st.sidebar:
    if user.logged_in():
        if user.picture:
            st.image(user.picture, width=64)
        st.write(f"**{user.name}** from {user.provider}")
        st.button("Logout", on_click=user.logout)
        st.button("Logout everywhere", on_click=user.logout, kwargs={"everywhere": True})
    else:
        st.button("Login", on_click=user.login)
        st.button("Login with Dev", on_click=user.login, args=["dev"])
        st.button("Login with Dev (team)", on_click=user.login, args=["team"])
    with st.expander("The code of this app"), open(__file__, encoding="utf-8") as file:
        st.code(file.read())

st.navigation([st.Page(home, default=True), st.Page(members), st.Page(admin)]).run()
