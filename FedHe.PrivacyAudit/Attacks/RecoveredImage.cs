namespace FedHe.PrivacyAudit.Attacks;

/// <summary>A recovered image is the result of one run of an attack.</summary>
/// <param name="Pixels">The picture in the model's sample shape, row-major, clamped to [0, 1].</param>
/// <param name="Label">The class the attacker believes in.</param>
/// <param name="Loss">The attack's final loss.</param>
/// <param name="Iterations">Iterations spent.</param>
public sealed record RecoveredImage(ReadOnlyMemory<float> Pixels, int Label, double Loss, int Iterations);
