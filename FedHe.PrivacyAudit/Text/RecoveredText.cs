namespace FedHe.PrivacyAudit.Text;

/// <summary>A recovered text is a sequence of tokens that an attack found.</summary>
/// <param name="Tokens">The tokens in order; empty when there was no token to choose from.</param>
/// <param name="Distance">The squared distance of its gradient to the observed one, over what the attacker
/// compares.</param>
public sealed record RecoveredText(IReadOnlyList<int> Tokens, double Distance);
