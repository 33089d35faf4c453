/* A shared object that is no module, for module_test.c. */
extern const int sto_test_no_module;

const int sto_test_no_module = 1;
