namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Tries to recover a training picture from what a server sees of its gradient.</summary>
public interface IGradientAttack
{
    /// <summary>A short name for reports.</summary>
    string Name { get; }

    /// <summary>Everything besides the seed that the result for this gradient depends on, as text: stored results are
    /// found again by it.</summary>
    /// <param name="observed">The gradient to attack.</param>
    string SettingsFor(ObservedGradient observed);

    /// <summary>Attacks once, from one random start.</summary>
    /// <param name="observed">The gradient of one sample whose pixels are in [0, 1].</param>
    /// <param name="attempt">The start, and when to stop.</param>
    /// <exception cref="OperationCanceledException">The attempt was cancelled.</exception>
    RecoveredImage Recover(ObservedGradient observed, AttackAttempt attempt);
}
