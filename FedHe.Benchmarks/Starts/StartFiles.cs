namespace FedHe.Benchmarks.Starts;

/// <summary>The start files are what a client finds in its folder when it starts, and the message that arrives first.</summary>
internal sealed class StartFiles(string folder)
{
    public string Job => PathOf("job");

    public string Identity => PathOf("identity");

    public string Keys => PathOf("keys");

    /// <summary>The state after the client has announced itself.</summary>
    public string State => PathOf("state");

    /// <summary>The ledger of a committee member, which other clients do not have.</summary>
    public string Ledger => PathOf("ledger");

    /// <summary>The key by which identity, keys and ledger are protected, as in the key store of a host.</summary>
    public string StoreKey => PathOf("store");

    /// <summary>The values of the trained model, in single precision.</summary>
    public string Trained => PathOf("trained");

    public string Invitation => PathOf("invitation");

    private string PathOf(string name) => Path.Combine(folder, name);
}
