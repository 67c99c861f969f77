namespace FedHe.Learning.Data.Csv;

/// <summary>A sighting is a text of a table with the line on which it stands first.</summary>
internal readonly record struct CsvSighting(string Text, int Line)
{
    /// <summary>Returns the earlier of two sightings; the first record may be looked at last.</summary>
    public static CsvSighting Earlier(CsvSighting? known, CsvSighting found) => known is { } before && before.Line <= found.Line ? before : found;

    /// <summary>The sighting as messages show it.</summary>
    public override string ToString()
        => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"'{CsvWording.Shown(Text)}' on line {Line}");
}
