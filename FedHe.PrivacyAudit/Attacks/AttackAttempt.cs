using FedHe.Crypto.Random;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>One run of an attack from one random start.</summary>
/// <param name="Seed">Draws the start; equal seeds give equal results.</param>
public sealed record AttackAttempt(int Seed)
{
    /// <summary>A test that ends the attack early when it accepts the picture found so far, clamped to [0, 1].</summary>
    /// <remarks>
    /// An auditor who knows the original saves time with this test; a real attacker has no such test and would not need one.
    /// </remarks>
    public Func<ReadOnlyMemory<float>, bool>? IsGoodEnough { get; init; }

    /// <summary>A listener that the attack notifies after every iteration.</summary>
    public IProgress<AttackProgress>? Progress { get; init; }

    /// <summary>A token that cancels the attack.</summary>
    public CancellationToken CancellationToken { get; init; }
}
