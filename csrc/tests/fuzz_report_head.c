/*
** fuzz_report_head.c - whatever text is read, names are whole characters and
** end within their room; what was refused leaves the output as it was; a UUID
** that was read is written so that it is read again.
*/
#include "core/report_head.h"

#include <string.h>

#include "core/utf8.h"
#include "fuzz.h"

static void require_name(const char *name)
{
  size_t length = strnlen(name, WATS_REPORT_NAME + 1);
  REQUIRE(length <= WATS_REPORT_NAME);
  REQUIRE(wats_utf8_invalid_at(name, length) == length);
}

static void require_uuid(const unsigned char *uuid)
{
  static const unsigned char nil[WATS_UUID];
  unsigned char again[WATS_UUID];
  char text[WATS_UUID_TEXT];
  REQUIRE(memcmp(uuid, nil, sizeof nil) != 0);
  wats_uuid_write(uuid, text);
  REQUIRE(wats_uuid_read(text, strlen(text), again));
  REQUIRE(memcmp(uuid, again, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wats_report_head head, untouched;
  struct wats_error error;
  unsigned char uuid[WATS_UUID];
  memset(&head, 0x5a, sizeof head);
  memcpy(&untouched, &head, sizeof head);
  if (wats_report_head_read((const char *)data, size, &head, &error) !=
      WATS_OK) {
    REQUIRE(error.code == WATS_ERR_DECODE && error.message[0]);
    REQUIRE(memcmp(&head, &untouched, sizeof head) == 0);
  } else {
    require_name(head.part_number);
    require_name(head.serial_number);
    require_uuid(head.uuid);
    REQUIRE(head.type == 'T' || head.type == 'R');
    if (head.has_reference) require_uuid(head.reference);
    REQUIRE(!head.has_reference || head.type == 'R');
  }
  (void)wats_uuid_read((const char *)data, size, uuid);
  return 0;
}
