import os

import streamlit as st
from st_oauth import st_oauth

config = {
    "issuer": os.environ.get("OIDC_ISSUER", "http://localhost:9400"),
    "client_id": os.environ.get("OIDC_CLIENT_ID", "dev"),
    "client_secret": os.environ.get("OIDC_CLIENT_SECRET", "dev-secret"),
    "redirect_uri": os.environ.get("OIDC_REDIRECT_URI", "http://localhost:8501/"),
    "identity_field_in_token": "email",
}

st.title("Configured by a dict")
email = st_oauth(config, "Sign in")
st.write(f"Hello, {email}!")
