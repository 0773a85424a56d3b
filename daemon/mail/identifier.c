/*
 * Check digits of NHS numbers (modulus 11) and UPNs (modulus 23): see
 * identifier.h.  Runs in adviced-parse and wherever a person types one; pure.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "mail/identifier.h"

bool
nhs_number_is_valid(const char *ten_digits)
{
	int sum = 0, check, i;
	bool all_equal = true;

	if (strlen(ten_digits) != 10)
		return false;
	for (i = 0; i < 10; i++) {
		if (!isdigit((unsigned char)ten_digits[i]))
			return false;
		all_equal = all_equal && ten_digits[i] == ten_digits[0];
		if (i < 9)
			sum += (ten_digits[i] - '0') * (10 - i);
	}
	check = 11 - sum % 11;
	if (check == 11)
		check = 0;
	/* 10 has no digit; 9999999999 would check, but is what people type for "none". */
	return check != 10 && check == ten_digits[9] - '0' && !all_equal;
}

bool
upn_is_valid(const char *upn)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
	const char *at;
	int sum = 0, i;

	if (strlen(upn) != 13)
		return false;
	for (i = 1; i < 13; i++) {
		int value = upn[i] - '0';

		if (!isdigit((unsigned char)upn[i])) {
			at = strchr(letters, upn[i]);
			if (i != 12 || at == NULL)
				return false;
			value = (int)(at - letters);
		}
		sum += (i + 1) * value;
	}
	return upn[0] == letters[sum % 23];
}
