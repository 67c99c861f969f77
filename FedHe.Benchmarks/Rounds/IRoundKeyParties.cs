using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.LinearTags;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Benchmarks.Rounds;

/// <summary>Round-key parties are who protects and opens round keys: holders of one key, or a committee.</summary>
internal interface IRoundKeyParties : IDisposable
{
    /// <summary>The protocol of the round.</summary>
    RoundKeyProtocol Protocol { get; }

    /// <summary>Makes round keys.</summary>
    KeyAdditiveContext Inner { get; }

    /// <summary>The clients' key of tags.</summary>
    TagKey TagKey { get; }

    /// <summary>Opens sums.</summary>
    AggregateOpener Opener { get; }

    /// <summary>Begins another round, and returns its attempt.</summary>
    Attempt Begin();

    /// <summary>Returns the slot of a client in the round.</summary>
    UploadSlot SlotOf(int client);

    /// <summary>Returns the protector of a client's round key.</summary>
    IKeyProtector ProtectorOf(int client);

    /// <summary>Creates the server's sums of round keys.</summary>
    IKeySums CreateSums();

    /// <summary>Completes a sum to what clients download.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="memberMs">The work of one member of a committee; 0 without one.</param>
    byte[] Complete(AttemptSum sum, out double memberMs);

    /// <summary>Returns the time of two protections of a round key, of their sum and of its decryption; 0 with a committee.</summary>
    double ProtectMs();
}
