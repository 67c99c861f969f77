using System.Globalization;
using System.Text;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Kits;

/// <summary>Writes what the person who gets a kit has to do.</summary>
internal static class KitReadme
{
    /// <summary>Returns the text of a kit.</summary>
    /// <param name="role">The role of the party.</param>
    /// <param name="party">The name of the party.</param>
    /// <param name="job">The name of the job.</param>
    /// <param name="digest">The digest of the job.</param>
    /// <param name="server">The address of the server.</param>
    /// <param name="promise">What a client demands of its job by differential privacy, or null for nothing.</param>
    /// <param name="until">The end of the certificate, or null where the party has made its own.</param>
    /// <param name="isLate">Whether a client joins a job that runs.</param>
    /// <param name="hasDatabase">Whether a server is kept in a database.</param>
    public static byte[] Of(
        PartyRole role, string party, string job, string digest, Uri server, ClientPromise? promise, DateTimeOffset? until, bool isLate = false, bool hasDatabase = false)
    {
        string start = role switch
        {
            PartyRole.Server => "fedhe server run --kit .",
            PartyRole.Authority => "fedhe authority run --kit .",
            _ => "fedhe client run --kit . -- python3 train.py",
        };
        string what = role switch
        {
            PartyRole.Server => $"""
                The server listens on the address in `{KitFiles.Settings}` (`Kestrel:Endpoints:Https:Url`); the others call {server.GetLeftPart(UriPartial.Authority)}. It
                has no key that opens anything, and must never get the kit of another party.{(hasDatabase ? Kept : string.Empty)}
                """,
            PartyRole.Authority => """
                The authority gives each client on the roster its keys, through the server, and listens on nothing. It must run until every client has
                them, and may rest afterwards. Nobody but it may have this folder, and least of all the server.
                """,
            _ => $"""
                What stands behind `--` is your training program, with its words: it reads the model at `FEDHE_GLOBAL_MODEL` and the JSON file `FEDHE_TASK`, and
                writes the trained model to `FEDHE_LOCAL_MODEL`; all are paths, of safetensors files. Begin each training with that model, and with no other. Your data stays where it is. Models of the federation
                appear in `model/`, and the program ends with the job. `Kit:Samples` in `{KitFiles.Settings}` is the number of samples that you train with.{Demand(promise)}{(isLate ? Late : string.Empty)}
                """,
        };
        string backup = role switch
        {
            PartyRole.Server when hasDatabase => $"""
                Back it up once, offline, before the job begins. What the server saves is in the
                database that `{KitDatabase.Section}` in `{KitFiles.Settings}` names, which has backups of its own: see docs/hosting.md.
                """,
            PartyRole.Server => $"Back it up once, offline, before the job begins. What it saves in `{KitFiles.Party}` afterwards is no use from a backup that is old: see docs/operations.md.",
            PartyRole.Authority => $"Back it up offline before the job begins, and again behind every plan of an epoch: without the keys in `{KitFiles.Party}` no client gets its own any more.",
            _ => $"Back it up once, offline, before the job begins, and keep `{KitFiles.Party}/ledger` out of every backup: a client whose ledger goes back in time can be made to answer twice.",
        };
        return Encoding.UTF8.GetBytes($"""
            # Kit of {party} for the job {job}

            This folder has private keys. Keep it where only the account of the service can read it (`chmod -R go= .`), send it on an encrypted way, and delete
            other copies. {backup}

                dotnet tool install --global FedHe.Tool
                {start}

            {what}

            Digest of the job: `{digest}`. Compare it with the others by telephone: who has another one is in another job. `fedhe status --kit .` shows it.

            {(until is DateTimeOffset end ? string.Create(CultureInfo.InvariantCulture, $"The certificate is valid until {end.UtcDateTime:yyyy-MM-dd}. Renew it") : "A certificate ends one day. Renew it")} with the same key, and
            nobody else has to change anything:

                openssl req -x509 -new -key {KitFiles.CertificateKey} -subj "/CN={party}" -days 730 -out {KitFiles.Certificate}

            Start the program again then. It may be ended and started again at any time: what it must not lose is in `{KitFiles.Party}`{(hasDatabase ? " and in the database" : string.Empty)}.

            """);
    }

    /// <summary>Returns the text of the kit of an administrator of the authority.</summary>
    /// <param name="name">The name of the administrator.</param>
    /// <param name="job">The name of the job.</param>
    /// <param name="digest">The digest of the job.</param>
    public static byte[] OfAdministrator(string name, string job, string digest) => Encoding.UTF8.GetBytes($"""
        # Kit of {name}, an administrator of the key authority of the job {job}

        The authority grants keys and plans epochs when enough of its administrators have approved. This folder has your signing key: keep it on a machine of your own where only
        you can read it (`chmod -R go= .`), and never on the machine of the authority. Nothing runs here.

            dotnet tool install --global FedHe.Tool
            fedhe approve grant-north-1-*.request --kit .

        shows what a request of the authority is about, with fingerprints. Compare a client's with the client's owner by telephone, and a plan's with another administrator. With
        `--expect FINGERPRINT` the command signs, into `approvals/`: bring the file to `approvals` in the folder of the authority. An approval is for one thing, and ends after 7 days or `--days`.

        Digest of the job: `{digest}`. Compare it with the others by telephone: `fedhe status --kit .` shows it.

        """);

    private const string Late = """


        The client joins a job that runs. Started at once, it waits until the server's operator has let it in and the authority has planned an epoch with it: tell both
        what its card says, by telephone.
        """;

    private const string Kept = $"""


        The server is kept in PostgreSQL. Its password is in no settings and in no argument: name a `Passfile` in `{KitDatabase.Section}:ConnectionString`, or set the
        variable `{KitDatabase.Section}__ConnectionString`.
        """;

    private static string Demand(ClientPromise? promise) => promise is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"""

        The job hides whole clients by differential privacy. `{Kit.Section}:{KitPromise.Name}` is what you demand of it: epsilon {promise.Epsilon} at most, at delta {promise.Delta}, with a clip of
        {promise.Clip}; the client refuses a job that promises less. Hold it against what you promised to the people in your data. Every client weighs the same.
        """);
}
