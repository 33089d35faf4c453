import streamlit as st
from st_oauth import st_oauth

st.title("Report")
st.caption("Try ?report=Q3&tag=north&tag=süd")
id = st_oauth("myoauth", "Sign in to see the report")
st.write(f"Report {st.query_params.get('report', 'none')} for {id}")
st.write(f"Tags: {', '.join(st.query_params.get_all('tag')) or 'none'}")
