namespace FedHe.Learning.Data.Csv;

/// <summary>A cell kind tells what the text of a cell stands for.</summary>
internal enum CsvCellKind
{
    /// <summary>The cell is empty or says in a usual way that there is no value.</summary>
    Missing,

    /// <summary>The cell holds what stands for no value among numbers, and may be a word of its own among words.</summary>
    Placeholder,

    /// <summary>The cell holds an infinity, or a number that a 32-bit float cannot hold.</summary>
    Infinite,

    /// <summary>The cell holds a number.</summary>
    Number,

    /// <summary>The cell holds anything else.</summary>
    Text,
}
