import streamlit as st
from st_oauth import st_oauth

PROVIDERS = {"work": "Work account", "school": "School account"}

# The choice stands in the query, because the visitor comes back from the provider in a new session.
chosen = st.query_params.get("with", "work")
names = list(PROVIDERS)
provider = st.radio(
    "Sign in with",
    names,
    index=names.index(chosen) if chosen in names else 0,
    format_func=PROVIDERS.get,
)
if provider != chosen:
    st.query_params["with"] = provider

email = st_oauth(provider, f"Sign in with your {PROVIDERS[provider].lower()}")
st.write(f"Hello, {email} from {provider}!")
