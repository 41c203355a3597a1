/* Lines of /proc/PID/mountinfo, without numbers that differ between kernels. */

/* "ROOT OPTIONS FIELDS - TYPE SOURCE SUPER" of the last mount at a place; peer groups become letters in order of appearance. */
static inline const char *find_info(const char *file, const char *place) {
  static char out[400];
  static int groups[26], known;
  char line[600], root[200], point[200], options[100];
  FILE *info = fopen(file, "r");
  strcpy(out, "no mount");
  while (info != NULL && fgets(line, sizeof line, info) != NULL) {
    int at;
    if (sscanf(line, "%*d %*d %*s %199s %199s %99s %n", root, point, options, &at) < 3 || strcmp(point, place) != 0) continue;
    char *p = line + at;
    int n = sprintf(out, "%s %s", root, options);
    for (char *word = strtok(p, " \n"); word != NULL && strcmp(word, "-") != 0; word = strtok(NULL, " \n")) {
      char *colon = strchr(word, ':');
      if (colon == NULL) {
        n += sprintf(out + n, " %s", word);
        continue;
      }
      int number = atoi(colon + 1), i = 0;
      while (i < known && groups[i] != number) i++;
      if (i == known && known < 26) groups[known++] = number;
      n += sprintf(out + n, " %.*s:%c", (int)(colon - word), word, 'A' + i);
    }
    char *type = strtok(NULL, " \n"), *source = strtok(NULL, " \n"), *super = strtok(NULL, ",\n");
    sprintf(out + n, " - %s %s %s", type, source, super);
  }
  if (info != NULL) fclose(info);
  return out;
}

static inline const char *info_of(const char *name) {
  char place[300];
  snprintf(place, sizeof place, "/tmp/%s", name);
  return find_info("/proc/self/mountinfo", place);
}
