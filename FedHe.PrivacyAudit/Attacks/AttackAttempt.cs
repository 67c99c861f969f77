using FedHe.Crypto.Random;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>One run of an attack from one random start.</summary>
/// <param name="Seed">Draws the start; equal seeds give equal results.</param>
public sealed record AttackAttempt(int Seed)
{
    /// <summary>Ends the attack early: gets the picture found so far, clamped to [0, 1]. An auditor who knows the truth
    /// saves time with it; a real attacker has no such thing, and would not need it.</summary>
    public Func<ReadOnlyMemory<float>, bool>? IsGoodEnough { get; init; }

    /// <summary>Is told of every iteration.</summary>
    public IProgress<AttackProgress>? Progress { get; init; }

    /// <summary>Cancels the attack.</summary>
    public CancellationToken CancellationToken { get; init; }
}
