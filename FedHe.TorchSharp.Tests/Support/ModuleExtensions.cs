using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>Short ways to the tensors of modules.</summary>
internal static class ModuleExtensions
{
    public static Parameter ParameterOf(this nn.Module module, string name) => module.get_parameter(name)!;

    public static Tensor BufferOf(this nn.Module module, string name) => module.get_buffer(name)!;

    /// <summary>Tells whether two tensors of one type have the same elements.</summary>
    public static bool HasSameValues(this Tensor left, Tensor right)
    {
        using DisposeScope scope = NewDisposeScope();
        return left.eq(right).all().item<bool>();
    }
}
