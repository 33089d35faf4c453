import streamlit as st

if not st.user.is_logged_in:
    st.title("Welcome")
    if st.button("Log in"):
        st.login()
    st.stop()

st.title(f"Hello, {st.user.name}!")
st.write(st.user.email)
if st.button("Log out"):
    st.logout()
