// Nothing is called: that the program links, and that it starts and ends, is the test.
int main() {
  return 0;
}
