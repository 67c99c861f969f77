namespace FedHe.PrivacyAudit.Runs;

/// <summary>A stored attempt is the result of a finished attempt in the form that a store keeps.</summary>
/// <param name="Pixels">The picture found.</param>
/// <param name="Label">The class believed in.</param>
/// <param name="Loss">The final loss.</param>
/// <param name="Iterations">Iterations spent.</param>
/// <param name="Seconds">Time spent.</param>
internal sealed record StoredAttempt(float[] Pixels, int Label, double Loss, int Iterations, double Seconds);
