namespace FedHe.Tool.Folders;

/// <summary>The names of the files in a party's <c>state</c> folder.</summary>
internal static class StateFiles
{
    public const string Identity = "identity.sealed";
    public const string AuthorityKeys = "authority.sealed";
    public const string ClientKeys = "keys.sealed";
    public const string KeyRequest = "request.sealed";
    public const string Job = "job.fedhe";
    public const string Round = "round.state";
    public const string Newest = "newest.state";
}
