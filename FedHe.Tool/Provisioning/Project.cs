using FedHe.MLBridge.Identities;
using FedHe.Safetensors.Models;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Provisioning;

/// <summary>A project is what the kits of a federation are made from.</summary>
internal sealed record Project
{
    /// <summary>The name of the job in the hosts of its parties.</summary>
    public required string Name { get; init; }

    /// <summary>The address that clients and the authority call, without a path.</summary>
    public required Uri Server { get; init; }

    /// <summary>The address that the server listens on, in the words of Kestrel, such as <c>https://*:8443</c>.</summary>
    public required string Listen { get; init; }

    public required IReadOnlyList<ProjectClient> Clients { get; init; }

    public required JobChoices Job { get; init; }

    /// <summary>The safetensors file of the model that all clients start from.</summary>
    public required ReadOnlyMemory<byte> Model { get; init; }

    public required SafetensorsModelOptions ModelOptions { get; init; }

    /// <summary>Who must approve what the authority does, or null for nobody.</summary>
    public ProjectApprovals? Approvals { get; init; }

    /// <summary>The number of days for which certificates are valid.</summary>
    public required int CertificateDays { get; init; }

    /// <summary>The connection string of the database that the server is kept in, without a password; null for the folder of its kit.</summary>
    public string? Database { get; init; }

    /// <summary>The longest wait of a party before it tries again, or null for the one of hosts.</summary>
    public TimeSpan? LastRetry { get; init; }
}

/// <summary>A client of a project.</summary>
/// <param name="Client">The name.</param>
/// <param name="Samples">The number of samples that it trains with, or null where it says so when it starts.</param>
/// <param name="Card">The public half of an identity that the client made itself, or null where the provisioner makes it.</param>
internal sealed record ProjectClient(ClientId Client, long? Samples, KitCard? Card);
