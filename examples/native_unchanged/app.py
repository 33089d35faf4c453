import streamlit as st
import st_oauth

app = st.App("page.py", **st_oauth.app())
