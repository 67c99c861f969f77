namespace FedHe.PrivacyAudit.Attacks;

/// <summary>The progress of an attack after an iteration.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="MaxIterations">Iterations at most.</param>
/// <param name="Loss">The attack's loss: what the attacker sees of its own success.</param>
public readonly record struct AttackProgress(int Iteration, int MaxIterations, double Loss);
