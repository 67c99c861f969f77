using FedHe.MLBridge.Adapters;
using FedHe.Orchestration.Job;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>Finds out what of a model a job averages.</summary>
internal static class AveragedModel
{
    /// <summary>Describes a model by its options: of a model with adapters that take turns, everything else is local.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="options">Its bounds, and what is local by name.</param>
    /// <param name="adapters">How adapters are averaged, or null where there are none.</param>
    /// <exception cref="ToolException">The model has adapters, and nothing says how they are averaged.</exception>
    public static SafetensorsModel Describe(SafetensorsCheckpoint checkpoint, SafetensorsModelOptions options, AdapterTerms? adapters)
    {
        SafetensorsModel whole = SafetensorsModel.Describe(checkpoint, options);
        switch (adapters)
        {
            case null when AdapterLayout.IsIn(whole.Layout):
                throw ToolException.Refused("The model has adapters (LoRA), whose halves multiply, so that averages of both are no average of what they compute. Say how they are averaged: "
                    + "--adapters alternating, freeze-a or naive, which is 'adapters: alternating' in a project file. Or keep them local.");
            case null or { Mode: AdapterMode.NaiveAveraging }:
                return whole;
        }

        HashSet<string> halves = [.. AdapterLayout.Of(whole.Layout).Pairs.SelectMany(pair => new[] { pair.A.Name, pair.B.Name })];
        string[] others = [.. whole.Layout.Tensors.Select(tensor => tensor.Name).Where(name => !halves.Contains(name))];
        return others.Length == 0 ? whole : SafetensorsModel.Describe(checkpoint, options with { KeepLocal = [.. options.KeepLocal, .. others] });
    }
}
