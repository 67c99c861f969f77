using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A storage address tells on which memory a tensor lies, whatever its element type and device.</summary>
/// <remarks>The typed storages of TorchSharp convert to their type, and so to other memory, and know no half-precision types.</remarks>
internal sealed class StorageAddress(Tensor tensor) : Storage(tensor)
{
    private readonly int _elementSize = (int)tensor.ElementSize;

    public override int element_size() => _elementSize;
}
