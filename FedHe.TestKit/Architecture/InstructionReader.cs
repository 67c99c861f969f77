using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace FedHe.TestKit.Architecture;

/// <summary>An instruction reader finds in a method body what the rules need: its metadata tokens, and whether it has a loop.</summary>
internal static class InstructionReader
{
    private const byte TwoByteOpCode = 0xFE;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>Lists every type, method and field token of a method body.</summary>
    public static IEnumerable<int> TokensOf(byte[] body)
    {
        foreach ((OpCode code, int operand) in InstructionsOf(body))
        {
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(operand));
            }
        }
    }

    /// <summary>Tells whether a method body jumps back.</summary>
    public static bool HasLoop(byte[] body)
        => InstructionsOf(body).Any(instruction => instruction.Code.OperandType switch
        {
            OperandType.ShortInlineBrTarget => (sbyte)body[instruction.Operand] < 0,
            OperandType.InlineBrTarget => BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(instruction.Operand)) < 0,
            _ => false,
        });

    /// <summary>Lists the instructions of a method body, each with the offset of its operand.</summary>
    private static IEnumerable<(OpCode Code, int Operand)> InstructionsOf(byte[] body)
    {
        int offset = 0;
        while (offset < body.Length)
        {
            OpCode code = body[offset] == TwoByteOpCode
                ? OpCodesByValue[(short)((TwoByteOpCode << 8) | body[offset + 1])]
                : OpCodesByValue[body[offset]];
            offset += code.Size;
            yield return (code, offset);
            offset += OperandLength(code.OperandType, body.AsSpan(offset));
        }
    }

    private static int OperandLength(OperandType type, ReadOnlySpan<byte> operand) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(operand)),
        _ => 4,
    };
}
