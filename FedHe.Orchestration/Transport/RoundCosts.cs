using FedHe.Orchestration.Client;

namespace FedHe.Orchestration.Transport;

/// <summary>The time and bytes that an attempt at a round took, over all clients together.</summary>
public sealed record RoundCosts
{
    /// <summary>The time of local training, summed over clients.</summary>
    public TimeSpan Train { get; init; }

    /// <summary>The time of encryption, summed over clients.</summary>
    public TimeSpan Encrypt { get; init; }

    /// <summary>The time that the server spent on reading and folding in uploads.</summary>
    public TimeSpan Fold { get; init; }

    /// <summary>The time of decryption, summed over clients.</summary>
    public TimeSpan Decrypt { get; init; }

    /// <summary>The time that the members of a committee spent on their boxes and answers, summed over members.</summary>
    public TimeSpan Committee { get; init; }

    /// <summary>The number of clients in <see cref="Train"/> and <see cref="Encrypt"/>.</summary>
    public int Encryptions { get; init; }

    /// <summary>The number of clients in <see cref="Decrypt"/>.</summary>
    public int Decryptions { get; init; }

    /// <summary>The number of bytes that all clients sent, lost messages included.</summary>
    public long BytesUp { get; init; }

    /// <summary>The number of bytes that the server sent, lost messages included.</summary>
    public long BytesDown { get; init; }

    /// <summary>The real time from the invitation to the last decryption.</summary>
    public TimeSpan Elapsed { get; init; }

    internal RoundCosts Add(ClientProgress progress) => progress.Phase switch
    {
        ClientPhase.Trained => this with { Train = Train + progress.Elapsed },
        ClientPhase.Encrypted => this with { Encrypt = Encrypt + progress.Elapsed, Encryptions = Encryptions + 1 },
        ClientPhase.Decrypted => this with { Decrypt = Decrypt + progress.Elapsed, Decryptions = Decryptions + 1 },
        ClientPhase.Answered => this with { Committee = Committee + progress.Elapsed },
        _ => this,
    };
}
