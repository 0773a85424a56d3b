/*
 * The words of token and mail servers, in plain English.  Any role.  Data and
 * a search.
 * Invariant: every row says what is wrong and what to do, in words that need
 * no program to be understood.
 * Fails: never.
 */
#include "signin/said.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/str.h"

#define CONSENT	"In the Entra admin centre, App registrations, this app, API permissions: add the application permissions " \
	"(IMAP.AccessAsApp, SMTP.SendAsApp or Mail.Send) and press \"Grant admin consent\"."
#define MAILBOX_RIGHT	"In Exchange PowerShell: New-ServicePrincipal with the app's and the enterprise application's id, then " \
	"Add-MailboxPermission -AccessRights FullAccess for this mailbox; it takes up to an hour to count."
#define NEW_SECRET	"In App registrations, this app, Certificates & secrets: make a new one, put it into the secret-file, " \
	"write its end into secret-expires, and restart adviced."
#define CLOCK	"Set this machine's clock (timedatectl)."

static const struct said_row rows[] = {
	/* ---- Microsoft's token server */
	{ SAID_TOKEN, "AADSTS7000215", ERR_MAILBOX, "the client secret is wrong",
	    "Often the secret's id was copied instead of its value, which is shown only once. " NEW_SECRET },
	{ SAID_TOKEN, "AADSTS7000222", ERR_MAILBOX, "the client secret has expired", NEW_SECRET },
	{ SAID_TOKEN, "AADSTS7000216", ERR_MAILBOX, "the app must prove itself with a certificate or a secret",
	    "Set certificate-file and key-file, or secret-file, and restart adviced." },
	{ SAID_TOKEN, "AADSTS7000218", ERR_MAILBOX, "the app must prove itself with a certificate or a secret",
	    "Set certificate-file and key-file, or secret-file, and restart adviced." },
	{ SAID_TOKEN, "AADSTS7000112", ERR_MAILBOX, "the app has been switched off",
	    "In Enterprise applications, this app, Properties: set \"Enabled for users to sign-in\" to Yes." },
	{ SAID_TOKEN, "AADSTS7000229", ERR_MAILBOX, "the app has no enterprise application in this tenant", CONSENT },
	{ SAID_TOKEN, "AADSTS700016", ERR_MAILBOX, "there is no app with this client id in this tenant",
	    "Compare \"client\" and \"tenant\" with the Overview page of the app registration." },
	{ SAID_TOKEN, "AADSTS700021", ERR_MAILBOX, "the signed proof names another app than \"client\" does",
	    "Compare \"client\" with the Overview page of the app registration." },
	{ SAID_TOKEN, "AADSTS700023", ERR_MAILBOX, "the signed proof was made for another token server",
	    "Remove token-url, or set it to the address of your tenant's own token server." },
	{ SAID_TOKEN, "AADSTS700024", ERR_MAILBOX, "the signed proof is too old or of the future: this machine's clock is wrong, or "
	    "the certificate is not valid today", CLOCK " If it is right, see when the certificate ends." },
	{ SAID_TOKEN, "AADSTS700027", ERR_MAILBOX, "the certificate is not one that the app knows, or it has expired",
	    "In App registrations, this app, Certificates & secrets, Certificates: upload the file of certificate-file." },
	{ SAID_TOKEN, "AADSTS50027", ERR_MAILBOX, "the signed proof was not understood",
	    "Check that certificate-file and key-file belong together, and that token-url is not set." },
	{ SAID_TOKEN, "AADSTS50013", ERR_MAILBOX, "the signed proof was not accepted",
	    "Upload the certificate once more; if that does not help, check this machine's clock." },
	{ SAID_TOKEN, "AADSTS90002", ERR_MAILBOX, "there is no such tenant",
	    "Compare \"tenant\" with the Directory (tenant) ID on the Overview page of the app registration." },
	{ SAID_TOKEN, "AADSTS900023", ERR_MAILBOX, "the tenant's id is not one",
	    "Compare \"tenant\" with the Directory (tenant) ID on the Overview page of the app registration." },
	{ SAID_TOKEN, "AADSTS90019", ERR_MAILBOX, "the request does not say which tenant",
	    "Set \"tenant\" to the Directory (tenant) ID; \"common\" does not do for an app." },
	{ SAID_TOKEN, "AADSTS50194", ERR_MAILBOX, "the app belongs to one tenant and must name it",
	    "Set \"tenant\" to the Directory (tenant) ID; \"common\" does not do for an app." },
	{ SAID_TOKEN, "AADSTS900382", ERR_MAILBOX, "the app belongs to another of Microsoft's clouds",
	    "Set token-url and scope to those of that cloud." },
	{ SAID_TOKEN, "AADSTS65001", ERR_MAILBOX, "an administrator has not yet agreed to what the app may do", CONSENT },
	{ SAID_TOKEN, "AADSTS650051", ERR_MAILBOX, "the app is not set up in this tenant yet", CONSENT },
	{ SAID_TOKEN, "AADSTS650052", ERR_MAILBOX, "the tenant has no subscription to the service that the app asks for",
	    "Check that the tenant has Exchange Online." },
	{ SAID_TOKEN, "AADSTS650057", ERR_MAILBOX, "the service asked for is not among the app's permissions", CONSENT },
	{ SAID_TOKEN, "AADSTS500011", ERR_MAILBOX, "the tenant does not know the service that \"scope\" names",
	    "Remove \"scope\", unless Microsoft told you another; check that the tenant has Exchange Online." },
	{ SAID_TOKEN, "AADSTS1002012", ERR_MAILBOX, "\"scope\" is not one that an app may ask for",
	    "Remove \"scope\"; if you need it, it must end in \"/.default\"." },
	{ SAID_TOKEN, "AADSTS70011", ERR_MAILBOX, "\"scope\" is not valid", "Remove \"scope\"; if you need it, it must end in "
	    "\"/.default\"." },
	{ SAID_TOKEN, "AADSTS53003", ERR_MAILBOX, "a Conditional Access policy forbids it",
	    "In Entra, Sign-in logs, Service principal sign-ins: see which policy it is; exempt this app, or allow this machine's "
	    "address as a named location." },
	{ SAID_TOKEN, "AADSTS53000", ERR_MAILBOX, "a Conditional Access policy wants a managed device",
	    "Exempt this app from that policy." },
	{ SAID_TOKEN, "AADSTS530032", ERR_MAILBOX, "a security policy of the tenant forbids it",
	    "In Entra, Sign-in logs, Service principal sign-ins: see which policy it is, and exempt this app." },
	{ SAID_TOKEN, "AADSTS50034", ERR_MAILBOX, "the account does not exist in this tenant",
	    "Compare \"tenant\", and \"user\" with the mailbox's address." },
	{ SAID_TOKEN, "AADSTS50057", ERR_MAILBOX, "the account has been disabled", "Enable it in Entra, or name another." },
	{ SAID_TOKEN, "AADSTS50053", ERR_MAILBOX, "the account is locked, or Microsoft distrusts this machine's address",
	    "Look into Entra's Sign-in logs for the reason." },
	{ SAID_TOKEN, "AADSTS50105", ERR_MAILBOX, "the app is open only to those assigned to it, and this account is not",
	    "In Enterprise applications, this app: assign the account, or set \"Assignment required\" to No." },
	{ SAID_TOKEN, "AADSTS50126", ERR_MAILBOX, "the user name or the password is wrong",
	    "adviced signs in as an app and sends no password: check that token-url is not set." },
	{ SAID_TOKEN, "AADSTS50076", ERR_MAILBOX, "a second factor is asked for, which a program cannot give",
	    "Check that token-url is not set: an app signs in for itself." },
	{ SAID_TOKEN, "AADSTS50196", ERR_RETRY, "Microsoft has been asked too often in a row", "It is tried again by itself." },
	{ SAID_TOKEN, "AADSTS90033", ERR_RETRY, "Microsoft's sign-in is disturbed", "It is tried again by itself." },
	{ SAID_TOKEN, "AADSTS90012", ERR_RETRY, "Microsoft's sign-in took too long", "It is tried again by itself." },
	{ SAID_TOKEN, "AADSTS900144", ERR_MAILBOX, "the request lacks something", "Check \"client\", \"tenant\" and \"scope\"." },
	{ SAID_TOKEN, "AADSTS90014", ERR_MAILBOX, "the request lacks something", "Check \"client\", \"tenant\" and \"scope\"." },
	/* ---- Google's */
	{ SAID_TOKEN, "Invalid JWT Signature", ERR_MAILBOX, "the service account's key is no longer valid",
	    "In the Google Cloud console, IAM, Service accounts, this account, Keys: make a new JSON key and put it into "
	    "account-file." },
	{ SAID_TOKEN, "Token must be a short-lived token", ERR_MAILBOX, "this machine's clock is wrong", CLOCK },
	{ SAID_TOKEN, "account not found", ERR_MAILBOX, "the service account has been deleted or disabled",
	    "Look into the Google Cloud console, IAM, Service accounts." },
	{ SAID_TOKEN, "Invalid email or User ID", ERR_MAILBOX, "the mailbox's user does not exist in this Workspace",
	    "Compare \"user\" with the address of the Google account. A Google group has no mailbox." },
	{ SAID_TOKEN, "unauthorized_client", ERR_MAILBOX, "the service account may not act for this user",
	    "In the Google Admin console, Security, API controls, Domain-wide delegation: add the service account's client id with "
	    "the scope https://mail.google.com/. It takes up to a day to count." },
	{ SAID_TOKEN, "admin_policy_enforced", ERR_MAILBOX, "a policy of the Workspace forbids it",
	    "In the Google Admin console, Security, API controls: trust this app." },
	{ SAID_TOKEN, "invalid_scope", ERR_MAILBOX, "\"scope\" is not valid", "Remove \"scope\"." },
	{ SAID_TOKEN, "invalid_client", ERR_MAILBOX, "the server does not know the app, or its proof is wrong",
	    "Compare \"client\" and \"tenant\" with the app registration, and see that the secret or certificate is its own." },
	{ SAID_TOKEN, "invalid_grant", ERR_MAILBOX, "the proof was not accepted",
	    "Check this machine's clock, \"user\", and that the key has not been deleted." },
	{ SAID_TOKEN, "temporarily_unavailable", ERR_RETRY, "the token server is busy", "It is tried again by itself." },
	{ SAID_TOKEN, "slow_down", ERR_RETRY, "the token server wants to be asked less often", "It is tried again by itself." },
	/* ---- IMAP */
	{ SAID_IMAP, "authenticated but not connected", ERR_MAILBOX, "the sign-in was accepted, but the mailbox is not open to us",
	    MAILBOX_RIGHT " Also see that \"user\" is the mailbox's own address and that it has a licence or is a shared mailbox." },
	{ SAID_IMAP, "AccessTokenExpired", ERR_RETRY, "the token has ended", "A new one is asked for by itself." },
	{ SAID_IMAP, "BasicAuthBlocked", ERR_MAILBOX, "Microsoft 365 lets nobody in with a password",
	    "Use a sign-in: the group \"sign-in\" in the configuration explains how." },
	{ SAID_IMAP, "IMAP access is disabled", ERR_MAILBOX, "IMAP is switched off for this Google Workspace",
	    "In the Google Admin console, Apps, Gmail, End user access: enable IMAP." },
	{ SAID_IMAP, "not enabled for IMAP", ERR_MAILBOX, "IMAP is switched off for this mailbox",
	    "Switch it on: in Gmail's settings, or in Exchange PowerShell with Set-CASMailbox -ImapEnabled $true." },
	{ SAID_IMAP, "Too many simultaneous connections", ERR_RETRY, "the mailbox has too many connections",
	    "It is tried again by itself; see what else reads this mailbox." },
	{ SAID_IMAP, "Invalid credentials", ERR_MAILBOX, "the token was not accepted for this mailbox",
	    "Compare \"user\" with the mailbox's address, and see that the app was granted this mailbox and IMAP." },
	{ SAID_IMAP, "AUTHENTICATE failed", ERR_MAILBOX, "the token was not accepted for this mailbox",
	    "See that the app has the permission IMAP.AccessAsApp with admin consent, that \"user\" is the mailbox's address, and "
	    "that IMAP is on for it. " MAILBOX_RIGHT },
	/* ---- SMTP */
	{ SAID_SMTP, "SmtpClientAuthentication is disabled", ERR_MAILBOX, "sending by SMTP is switched off for this mailbox or tenant",
	    "In Exchange PowerShell: Set-CASMailbox MAILBOX -SmtpClientAuthenticationDisabled $false; or use \"graph\" instead of "
	    "\"smtp\"." },
	{ SAID_SMTP, "basic authentication is disabled", ERR_MAILBOX, "Microsoft 365 lets nobody send with a password",
	    "Use a sign-in: the group \"sign-in\" in the configuration explains how." },
	{ SAID_SMTP, "did not meet the criteria", ERR_MAILBOX, "a Conditional Access policy forbids it",
	    "In Entra, Sign-in logs: see which policy it is; exempt this app." },
	{ SAID_SMTP, "5.7.139", ERR_MAILBOX, "the sign-in for sending was refused",
	    "See that the app has the permission SMTP.SendAsApp with admin consent, and that SMTP sending is on for the mailbox "
	    "(Set-CASMailbox -SmtpClientAuthenticationDisabled $false)." },
	{ SAID_SMTP, "5.7.60", ERR_MAILBOX, "we may not send in this mailbox's name",
	    "In Exchange PowerShell: Add-RecipientPermission MAILBOX -AccessRights SendAs for the app's service principal." },
	{ SAID_SMTP, "SendAsDenied", ERR_MAILBOX, "we may not send in this mailbox's name",
	    "In Exchange PowerShell: Add-RecipientPermission MAILBOX -AccessRights SendAs for the app's service principal." },
	{ SAID_SMTP, "5.7.57", ERR_MAILBOX, "the server wants a sign-in before it takes mail",
	    "Set sign-in (or user and password-file) in \"smtp\"." },
	{ SAID_SMTP, "5.7.3", ERR_MAILBOX, "the token was not accepted for sending",
	    "See that the app has the permission SMTP.SendAsApp with admin consent, and that \"user\" is the mailbox's address. "
	    MAILBOX_RIGHT },
	{ SAID_SMTP, "5.7.8", ERR_MAILBOX, "the token was not accepted for sending",
	    "Compare \"user\" with the mailbox's address, and see that the account may use this scope." },
	/* ---- Microsoft Graph */
	{ SAID_GRAPH, "ErrorSendAsDenied", ERR_MAILBOX, "we may not send in this mailbox's name",
	    "See that \"from\" is the address of a mailbox that the app may use." },
	{ SAID_GRAPH, "ErrorAccessDenied", ERR_MAILBOX, "the app may not send from this mailbox",
	    "Grant it Mail.Send with admin consent, or, better, for this mailbox alone: New-ManagementRoleAssignment -Role "
	    "\"Application Mail.Send\" with a scope in Exchange PowerShell." },
	{ SAID_GRAPH, "Authorization_RequestDenied", ERR_MAILBOX, "the app may not do this", CONSENT },
	{ SAID_GRAPH, "MailboxNotEnabledForRESTAPI", ERR_MAILBOX, "the mailbox is not in Exchange Online, or has no licence",
	    "Give it a licence, make it a shared mailbox of Exchange Online, or use \"smtp\" instead of \"graph\"." },
	{ SAID_GRAPH, "ErrorInvalidUser", ERR_MAILBOX, "there is no such mailbox", "Compare \"from\" with the mailbox's address." },
	{ SAID_GRAPH, "ResourceNotFound", ERR_MAILBOX, "there is no such mailbox", "Compare \"from\" with the mailbox's address." },
	{ SAID_GRAPH, "InvalidAuthenticationToken", ERR_MAILBOX, "the token was not accepted",
	    "Remove \"scope\"; see that \"tenant\" is the mailbox's." },
	{ SAID_GRAPH, "ErrorMessageSizeExceeded", ERR_MESSAGE, "the mail is larger than Exchange takes",
	    "A person must pass it on another way." },
	{ SAID_GRAPH, "ErrorInvalidRecipients", ERR_MESSAGE, "one of the recipients' addresses cannot be used", "Correct it in the "
	    "directory." },
	{ SAID_GRAPH, "ErrorMimeContentInvalid", ERR_MESSAGE, "Exchange does not understand the mail", "A person must look at it." },
	{ SAID_GRAPH, "ErrorExceededMessageLimit", ERR_RETRY, "the mailbox has sent as many mails as it may in a day",
	    "It is tried again by itself." },
	{ SAID_GRAPH, "ErrorMessageSubmissionBlocked", ERR_MAILBOX, "Microsoft has stopped this mailbox from sending",
	    "Look at Restricted entities in the Microsoft Defender portal." },
};

const struct said_row *
said_rows(size_t *count_r)
{
	*count_r = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

/* A code must not be the beginning of a longer one. */
static bool
stands_in(const char *text, const char *what)
{
	size_t len = strlen(what);
	const char *at = text;

	for (; (at = strcasestr(at, what)) != NULL; at++)
		if (!isdigit((unsigned char)what[len - 1]) || !isdigit((unsigned char)at[len]))
			return true;
	return false;
}

const struct said_row *
said_find(enum said_by by, const char *text)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].by == by && stands_in(text, rows[i].what))
			return &rows[i];
	return NULL;
}

int
said_err(enum said_by by, const char *who, const char *text, enum err_scope scope, struct err *err)
{
	const struct said_row *row = said_find(by, text);
	struct arena *arena;

	if (row != NULL)
		return err_set(err, row->scope, "%s: %s. %s (%s)", who, row->cause, row->remedy, row->what);
	arena = arena_new();
	err_set(err, scope, "%s: %s", who, str_visible(arena, text, 200));
	arena_free(&arena);
	return -1;
}
