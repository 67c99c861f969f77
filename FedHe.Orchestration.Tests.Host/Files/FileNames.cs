namespace FedHe.Orchestration.Tests.Host.Files;

/// <summary>The names of a party's files.</summary>
public static class FileNames
{
    /// <summary>The key of the party's key store.</summary>
    public const string KeyStore = "keystore";

    /// <summary>The identity of a server or a client, sealed.</summary>
    public const string Identity = "identity";

    /// <summary>The roster, the server's key and the identifier of the job, at the authority.</summary>
    public const string Roster = "roster";

    /// <summary>The keys of the authority, or a client's keys of the job, sealed.</summary>
    public const string Keys = "keys";

    /// <summary>The description of the job.</summary>
    public const string Job = "job";

    /// <summary>The state of a server or a client.</summary>
    public const string State = "state";

    /// <summary>The folder of a server's sums.</summary>
    public const string Sums = "sums";

    /// <summary>The stamp of a server's newest state, or of a member's newest ledger.</summary>
    public const string Fence = "fence";

    /// <summary>The verification key of the client that joins, at the authority.</summary>
    public const string Card = "card";

    /// <summary>The plan of the next epoch, at the authority and the server.</summary>
    public const string Plan = "plan";

    /// <summary>The certificate of the second epoch, at a client.</summary>
    public const string Certificate = "certificate";

    /// <summary>A client's keys of the second epoch, sealed.</summary>
    public const string NextKeys = "next-keys";

    /// <summary>The ledger of a member of the committee.</summary>
    public const string Ledger = "ledger";
}
