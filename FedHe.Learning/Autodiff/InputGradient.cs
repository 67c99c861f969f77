namespace FedHe.Learning.Autodiff;

/// <summary>A gradient rule of an operation turns the gradient of its result into the gradient of one of its inputs,
/// using differentiable operations only.</summary>
/// <remarks>A rule takes the operation's inputs and output from <paramref name="step"/> and never captures them: when
/// no graph is wanted, the step holds constants, and the very same rule then records nothing.</remarks>
/// <param name="upstream">The gradient of the loss with respect to the operation's result.</param>
/// <param name="step">The operation's inputs and output.</param>
internal delegate Variable InputGradient(Variable upstream, GradientStep step);

/// <summary>A gradient step holds the inputs that an operation read and the output that it produced.</summary>
internal readonly record struct GradientStep(IReadOnlyList<Variable> Inputs, Variable Output);
