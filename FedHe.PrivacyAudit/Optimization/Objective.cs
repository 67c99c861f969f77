namespace FedHe.PrivacyAudit.Optimization;

/// <summary>A function of many variables with its gradient.</summary>
/// <param name="point">The point at which to evaluate.</param>
/// <param name="gradient">Receives the gradient; of the point's length.</param>
/// <returns>The value; NaN or infinity where the function cannot be evaluated.</returns>
internal delegate double Objective(ReadOnlySpan<double> point, Span<double> gradient);
