namespace FedHe.PrivacyAudit.Attacks;

/// <summary>An attack tries to recover a training picture from the part of its gradient that a server sees.</summary>
public interface IGradientAttack
{
    /// <summary>The attack's short name in reports.</summary>
    string Name { get; }

    /// <summary>Describes, as text, everything besides the seed on which the result for a gradient depends.</summary>
    /// <param name="observed">The gradient to attack.</param>
    /// <remarks>Stored results are found again by this text.</remarks>
    string SettingsFor(ObservedGradient observed);

    /// <summary>Runs the attack once, from one random start.</summary>
    /// <param name="observed">The gradient of one sample whose pixels are in [0, 1].</param>
    /// <param name="attempt">The start, and when to stop.</param>
    /// <exception cref="OperationCanceledException">The attempt was canceled.</exception>
    RecoveredImage Recover(ObservedGradient observed, AttackAttempt attempt);
}
