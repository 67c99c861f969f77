using System.Globalization;

namespace FedHe.Hosting.Folders;

/// <summary>Party files are known by these names in the folder of a party.</summary>
public static class PartyFiles
{
    /// <summary>The description of the job, as <c>FederationJob.WriteTo</c> writes it; every party needs it.</summary>
    public const string Job = "job.fedhe";

    /// <summary>The identity of a client or of a server, as its <c>Save</c> writes it.</summary>
    public const string Identity = "identity.sealed";

    /// <summary>The keys of a key authority, as its <c>Save</c> writes them.</summary>
    public const string AuthorityKeys = "authority.sealed";

    /// <summary>The state of a server or a client.</summary>
    public const string State = "round.state";

    /// <summary>What uploads and confirmations changed in the state of a server since it was saved, one behind the other.</summary>
    public const string Changes = "round.changes";

    /// <summary>The beginning of the newest state, apart from it, by which an older copy is found out.</summary>
    public const string NewestState = "newest.state";

    /// <summary>The audit log of a server or of a key authority.</summary>
    public const string AuditLog = "audit.log";

    /// <summary>The newest entries of the audit log, apart from it, which a process that ended between state and log left to the next one.</summary>
    public const string NewestAudit = "newest.audit";

    /// <summary>The metrics that clients reported to a server, as they signed them, one report behind the other.</summary>
    public const string Metrics = "metrics.reports";

    /// <summary>The newest head of the server's audit log that a client got.</summary>
    public const string AuditHead = "audit.head";

    /// <summary>Earlier heads of the server's audit log that a client got, one in a line, of each start and each round; or heads of the authority's that an administrator saw.</summary>
    public const string AuditHeads = "audit.heads";

    /// <summary>What the operator of a key authority wants of the next epoch; the authority deletes the file when the epoch is planned.</summary>
    public const string EpochRequest = "epoch.json";

    /// <summary>A request for an epoch that the authority refused.</summary>
    public const string RefusedEpochRequest = "epoch.refused.json";

    /// <summary>The folder with the cards of clients that want to join, in the folder of a key authority.</summary>
    public const string Cards = "cards";

    /// <summary>The folder with what a key authority asks its administrators to approve, in the folder of the authority.</summary>
    public const string ApprovalRequests = "requests";

    /// <summary>The folder with the approvals of administrators, whatever the names of the files, in the folder of a key authority.</summary>
    public const string Approvals = "approvals";

    /// <summary>The folder with the long messages of clients that come in chunks, in the folder of a server; <see cref="Changes"/> may refer to what is in it.</summary>
    public const string Transfers = "transfers";

    /// <summary>The folder with the sums of rounds that are kept in files, in the folder of a server; <see cref="State"/> refers to what is in it.</summary>
    public const string Sums = "sums";

    /// <summary>The folder with the models and the upload of a client that keeps them in files, in the folder of the client; <see cref="State"/> refers to what is in it.</summary>
    public const string Models = "models";

    /// <summary>A mark in the folder of a server whose state lies in a database, so that no server begins the job anew in the folder.</summary>
    public const string StateElsewhere = "state.elsewhere";

    /// <summary>A mark beside the audit log of a key authority, by which a log that was taken away is not begun anew in silence.</summary>
    internal const string AuditMark = "audit.mark";

    /// <summary>The draft of the next epoch that administrators are asked about, which the authority keeps apart from what it asks.</summary>
    internal const string EpochDraft = "epoch.draft";

    internal const string LedgerFolder = "ledger";
    internal const string Ledger = $"{LedgerFolder}/member.ledger";
    internal const string LedgerMark = $"{LedgerFolder}/CACHEDIR.TAG";
    internal const string NewestLedger = "newest.ledger";

    /// <summary>Returns the name of the certificate of an epoch, which a client or a key authority keeps.</summary>
    /// <param name="epoch">The number of the epoch, from 2.</param>
    public static string CertificateOf(int epoch) => string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch}.certificate");

    internal static string PlanOf(int epoch) => string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch}.plan");

    internal static string ClientKeysOf(int epoch) => epoch == 1 ? "keys.sealed" : string.Create(CultureInfo.InvariantCulture, $"keys-{epoch}.sealed");

    internal static string KeyRequestOf(int epoch) => epoch == 1 ? "request.sealed" : string.Create(CultureInfo.InvariantCulture, $"request-{epoch}.sealed");
}
