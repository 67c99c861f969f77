using FedHe.Learning.Tensors;

namespace FedHe.Learning.Autodiff;

/// <summary>Reverse-mode differentiation computes the gradients of a scalar.</summary>
/// <remarks>The backward pass is written in the same operations as the forward pass. With a graph it can therefore be
/// differentiated again, to any order; without one it computes on constants and records nothing.</remarks>
public static class Gradient
{
    /// <summary>Computes the gradients of a scalar with respect to some variables.</summary>
    /// <param name="loss">A variable with exactly one element.</param>
    /// <param name="variables">Leaves or intermediate results; zeros are returned for those the loss does not depend on.</param>
    /// <param name="createGraph">Whether the gradients can themselves be differentiated.</param>
    /// <returns>One gradient per variable, of the variable's shape.</returns>
    /// <exception cref="ArgumentException">The loss has more than one element.</exception>
    public static Variable[] Of(Variable loss, IReadOnlyList<Variable> variables, bool createGraph = false)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(variables);
        if (loss.Value.Length != 1)
        {
            throw new ArgumentException(
                $"Only a single number can be differentiated, not a tensor of the shape {loss.Shape}. Sum it first.",
                nameof(loss));
        }

        var targets = new HashSet<Variable>(variables);
        GradientPath path = FindPath(loss, targets);
        var gradients = new Dictionary<Variable, Variable> { [loss] = Variable.Constant(Tensor.Filled(loss.Shape, 1)) };
        for (int i = path.Count - 1; i >= 0; i--)
        {
            Variable node = path[i];
            Variable upstream = gradients[node];
            if (!targets.Contains(node))
            {
                gradients.Remove(node);
            }

            Propagate(node, upstream, createGraph, path.Members, gradients);
        }

        var results = new Variable[variables.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = gradients.TryGetValue(variables[i], out Variable? gradient)
                ? gradient
                : Variable.Constant(Tensor.Zeros(variables[i].Shape));
        }

        return results;
    }

    private static void Propagate(
        Variable node, Variable upstream, bool createGraph, HashSet<Variable> path, Dictionary<Variable, Variable> gradients)
    {
        if (node.Inputs.Count == 0)
        {
            return;
        }

        GradientStep step = createGraph
            ? new GradientStep(node.Inputs, node)
            : new GradientStep([.. node.Inputs.Select(input => input.Detach())], node.Detach());
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            Variable input = node.Inputs[i];
            if (!path.Contains(input))
            {
                continue;
            }

            Variable gradient = node.InputGradients[i](upstream, step);
            gradients[input] = gradients.TryGetValue(input, out Variable? sum) ? sum + gradient : gradient;
        }
    }

    /// <summary>Finds the nodes through which the loss depends on a target, with every node after its inputs.</summary>
    private static GradientPath FindPath(Variable loss, HashSet<Variable> targets)
    {
        var reachable = new HashSet<Variable>();
        var pending = new Stack<Variable>();
        pending.Push(loss);
        while (pending.TryPop(out Variable? node))
        {
            if (!node.RequiresGradient || !reachable.Add(node))
            {
                continue;
            }

            foreach (Variable input in node.Inputs)
            {
                pending.Push(input);
            }
        }

        var path = new GradientPath();
        foreach (Variable? node in reachable.OrderBy(node => node.Depth))
        {
            if (targets.Contains(node) || node.Inputs.Any(path.Members.Contains))
            {
                path.Add(node);
            }
        }

        return path;
    }

    private sealed class GradientPath
    {
        private readonly List<Variable> _nodes = [];

        public HashSet<Variable> Members { get; } = [];

        public int Count => _nodes.Count;

        public Variable this[int index] => _nodes[index];

        public void Add(Variable node)
        {
            _nodes.Add(node);
            Members.Add(node);
        }
    }
}
