namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>The names of the parties of the federation under test.</summary>
public static class PartyNames
{
    /// <summary>The server.</summary>
    public const string Server = "server";

    /// <summary>The key authority.</summary>
    public const string Authority = "authority";

    /// <summary>The clients.</summary>
    public static IReadOnlyList<string> Clients { get; } = ["c1", "c2", "c3", "c4"];

    /// <summary>All parties.</summary>
    public static IReadOnlyList<string> All { get; } = [Server, Authority, .. Clients];
}
