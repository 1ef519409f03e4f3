namespace VzDump.Engine.Archives.Vma;

/// <summary>An archive breaks the VMA format, or the format cannot hold what is to be archived. The message is a sentence for a person.</summary>
public sealed class VmaFormatException(string message) : Exception(message);
