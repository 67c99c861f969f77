namespace FedHe.Tool.Folders;

/// <summary>The names of the files in a party's <c>state</c> folder.</summary>
internal static class StateFiles
{
    public const string Identity = "identity.sealed";
    public const string AuthorityKeys = "authority.sealed";
    public const string ClientKeys = "keys.sealed";

    /// <summary>The plan of the next epoch, at the authority that made it and at the server that proposed it.</summary>
    public const string Plan = "plan.fedhe";

    public const string KeyRequest = "request.sealed";
    public const string Job = "job.fedhe";
    public const string Round = "round.state";
    public const string Newest = "newest.state";

    /// <summary>The beginning of the newest ledger of a member, apart from the ledger.</summary>
    public const string NewestLedger = "newest.ledger";

    /// <summary>The boxes of the current round, which a member opens again before it answers for their list.</summary>
    public const string Boxes = "boxes.fedhe";

    /// <summary>The draw that decides who becomes a member of the committee.</summary>
    public const string Draw = "draw.fedhe";
    public const string DrawTicket = "draw.sealed";

    /// <summary>The certificate of an epoch, from the second one on.</summary>
    public static string CertificateOf(int epoch) => $"epoch-{epoch:D6}.fedhe";

    /// <summary>A client's keys of an epoch.</summary>
    public static string KeysOf(int epoch) => epoch <= 1 ? ClientKeys : $"keys-{epoch:D6}.sealed";
}
