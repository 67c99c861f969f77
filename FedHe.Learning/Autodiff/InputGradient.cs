namespace FedHe.Learning.Autodiff;

/// <summary>The rule of one operation for one of its inputs: turns the gradient of the result into the gradient of
/// that input, using differentiable operations only.</summary>
/// <remarks>A rule takes the operation's inputs and output from <paramref name="step"/> and never captures them: when
/// no graph is wanted, the step holds constants, and the very same rule then records nothing.</remarks>
/// <param name="upstream">The gradient of the loss with respect to the operation's result.</param>
/// <param name="step">The operation's inputs and output.</param>
internal delegate Variable InputGradient(Variable upstream, GradientStep step);

/// <summary>What an operation read and produced.</summary>
internal readonly record struct GradientStep(IReadOnlyList<Variable> Inputs, Variable Output);
