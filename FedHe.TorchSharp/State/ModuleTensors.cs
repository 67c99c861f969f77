using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>Module tensors are the parameters and persistent buffers of a module, in an order that depends on its structure alone.</summary>
internal static class ModuleTensors
{
    /// <summary>
    /// Lists parameters, then buffers, then the further names of tensors that are registered twice. TorchSharp lists the last only in
    /// the <c>state_dict</c>, and buffers that are not persistent nowhere.
    /// </summary>
    public static IReadOnlyList<(string Name, Tensor Tensor)> Of(Module module)
    {
        var tensors = new List<(string Name, Tensor Tensor)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, Tensor tensor) in module.named_parameters().Select(pair => (pair.name, (Tensor)pair.parameter))
            .Concat(module.named_buffers().Select(pair => (pair.name, pair.buffer)))
            .Concat(module.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))))
        {
            if (names.Add(name))
            {
                tensors.Add((name, tensor));
            }
        }

        return tensors;
    }

    public static bool IsParameter(Tensor tensor) => tensor is Parameter;
}
