using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>A sensitivity ranking puts the most sensitive positions first.</summary>
internal readonly struct SensitivityRanking(GlobalSensitivity sensitivity) : IRanking
{
    private readonly uint[] _values = sensitivity.Integers;

    public uint this[long position] => _values[position];
}
