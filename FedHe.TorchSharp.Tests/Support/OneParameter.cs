using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>A module of one parameter, <c>value</c>, and whatever a test registers.</summary>
internal sealed class OneParameter : nn.Module
{
    public OneParameter(Parameter value)
        : base(nameof(OneParameter))
    {
        Value = value;
        register_parameter("value", value);
    }

    public Parameter Value { get; }
}
