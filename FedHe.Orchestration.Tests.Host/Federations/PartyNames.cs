namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>The names of the parties of the federation under test.</summary>
public static class PartyNames
{
    /// <summary>The server.</summary>
    public const string Server = "server";

    /// <summary>The key authority.</summary>
    public const string Authority = "authority";

    /// <summary>The clients that the job is described with.</summary>
    public static IReadOnlyList<string> Clients { get; } = ["c1", "c2", "c3", "c4"];

    /// <summary>The client that joins where an epoch changes the clients, and becomes a member.</summary>
    public const string Joiner = "c5";

    /// <summary>The client that leaves then, which is a member before.</summary>
    public const string Leaver = "c4";

    /// <summary>All clients that may ever take part, in the order of their targets.</summary>
    public static IReadOnlyList<string> AllClients { get; } = [.. Clients, Joiner];

    /// <summary>Returns the clients that take part in a job at some time.</summary>
    public static IReadOnlyList<string> ClientsOf(JobMode mode) => mode == JobMode.Epochs ? AllClients : Clients;

    /// <summary>Returns the clients that a job ends with.</summary>
    public static IReadOnlyList<string> StayingOf(JobMode mode) => mode == JobMode.Epochs ? [.. AllClients.Where(client => client != Leaver)] : Clients;

    /// <summary>Returns all parties of a job.</summary>
    public static IReadOnlyList<string> Of(JobMode mode) => [Server, Authority, .. ClientsOf(mode)];
}
