using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>Checks the choice of how adapters are averaged against the model that a job begins with.</summary>
internal static class AdapterChoice
{
    private const int ShownNames = 3;

    /// <summary>Refuses a model with adapters where nothing says how they are averaged, tensors beside them, and adapters that no round could move.</summary>
    /// <exception cref="ToolException">The choice does not fit the model.</exception>
    public static void Check(AdapterTerms? adapters, ModelParameters model)
    {
        if (adapters is null)
        {
            if (AdapterLayout.IsIn(model.Layout))
            {
                throw ToolException.Refused("The model has adapters (LoRA), whose halves multiply, so that averages of both are no average of what they compute. Say how they are averaged: "
                    + "--adapters alternating, freeze-a or naive, which is 'adapters: alternating' in a project file. Or keep them local.");
            }

            return;
        }

        string[] others = [.. model.Layout.Tensors.Where(tensor => tensor.IsAggregated && !AdapterLayout.IsIn(new ModelLayout(tensor))).Select(tensor => tensor.Name)];
        if (others.Length > 0 && AdapterLayout.IsIn(model.Layout))
        {
            throw ToolException.Refused($"A job of adapters averages nothing else, and the model has {string.Join(", ", others.Take(ShownNames))}{(others.Length > ShownNames ? $" and {others.Length - ShownNames} more" : string.Empty)}. "
                + "Take a file of the adapters alone, as PEFT writes it, or keep these local: every client has those of the initial model then, in every round.");
        }

        if (AdapterLayout.TryFind(model.Layout, out AdapterLayout? found, out _) && found.Pairs.FirstOrDefault(pair => IsStuck(pair, adapters, model)) is AdapterPair stuck)
        {
            throw ToolException.Refused($"{stuck.A.Name} is zero, so that no round would move the adapter: neither half has a gradient then. Begin with random numbers in A and zeros in B, as PEFT does.");
        }
    }

    private static bool IsStuck(AdapterPair pair, AdapterTerms adapters, ModelParameters model)
        => IsZero(pair.A, model) && (adapters.Mode == AdapterMode.FreezeA || IsZero(pair.B, model));

    private static bool IsZero(TensorSpec tensor, ModelParameters model)
    {
        double[] values = new double[checked((int)tensor.ElementCount)];
        model.CopyFlatTo(model.Layout.OffsetOf(model.Layout.IndexOf(tensor.Name)), values);
        return Array.TrueForAll(values, value => value == 0);
    }
}
