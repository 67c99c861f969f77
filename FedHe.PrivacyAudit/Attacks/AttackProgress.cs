namespace FedHe.PrivacyAudit.Attacks;

/// <summary>How far an attack is.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="MaxIterations">Iterations at most.</param>
/// <param name="Loss">The attack's loss: what the attacker sees of its own success.</param>
public readonly record struct AttackProgress(int Iteration, int MaxIterations, double Loss);
